import { isIPv4 } from "../../platform/network/ip-address.ts";

/** A range of IPv4 addresses that endpoints have theirs from. */
export type Subnet = NonNullable<ReturnType<typeof parseSubnet>>;

/** With fewer bits than this left there is no address for an endpoint. */
const LONGEST_PREFIX = 30;

/** @param text as `127.107.0.0/16`; a base within the range stands for the range. @returns undefined for what is none. */
export function parseSubnet(text: string) {
  const [, base = "", digits = ""] = /^([\d.]+)\/(\d{1,2})$/.exec(text) ?? [];
  const prefix = Number(digits);
  if (!isIPv4(base) || digits === "" || prefix > LONGEST_PREFIX) return undefined;
  const size = 2 ** (32 - prefix);
  const first = Math.floor(toNumber(base) / size) * size;
  return {
    text: `${toAddress(first)}/${prefix}`,
    prefix,
    /** How many addresses there are, reserved ones among them. */
    size,
    /** The address at a place from 0 on. */
    at: (index: number): string => toAddress(first + index),
    /** Undefined for an address that is not in it. */
    indexOf(address: string): number | undefined {
      const index = isIPv4(address) ? toNumber(address) - first : -1;
      return index >= 0 && index < size ? index : undefined;
    },
  };
}

function toNumber(address: string): number {
  return address.split(".").reduce((number, part) => number * 256 + Number(part), 0);
}

function toAddress(number: number): string {
  return [24, 16, 8, 0].map((bits) => Math.floor(number / 2 ** bits) % 256).join(".");
}
