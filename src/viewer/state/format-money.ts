/** An amount with its sign and two digits of fraction, such as `+37.50`; what rounds to nothing has none. */
export function formatMoney(amount: number): string {
  const text = amount.toFixed(2);
  if (Number(text) === 0) return "0.00";
  return amount > 0 ? `+${text}` : text;
}
