/**
 * Tells when traffic has come to rest: it is carried in this process, and leaves memory behind that can be given back.
 * @returns a function that takes the number of bytes carried so far, at each look.
 */
export function noticeQuiet(onQuiet: () => void): (carriedBytes: number) => void {
  let last = 0;
  let wasBusy = false;
  return (carriedBytes) => {
    const isBusy = carriedBytes > last;
    if (wasBusy && !isBusy) onQuiet();
    wasBusy = isBusy;
    last = carriedBytes;
  };
}
