/** `YYYY-MM-DD HH:MM:SS` in this machine's time zone, as the predecessors write it in every log. */
export function formatLocalTime(date: Date): string {
  const day = [date.getFullYear(), date.getMonth() + 1, date.getDate()].map(twoDigits).join("-");
  const time = [date.getHours(), date.getMinutes(), date.getSeconds()].map(twoDigits).join(":");
  return `${day} ${time}`;
}

function twoDigits(number: number): string {
  return String(number).padStart(2, "0");
}
