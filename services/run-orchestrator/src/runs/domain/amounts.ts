import { CHARGED_METERS, type Amounts, type ChargedMeter } from '@causeway/contracts';

export const NOTHING: Amounts = {};

/** How much of a meter. */
export const amountOf = (amounts: Amounts, meter: ChargedMeter): number => amounts[meter] ?? 0;

/** Amounts made meter by meter; what comes to nothing is left out. May be negative where the caller subtracts. */
export function amountsBy(of: (meter: ChargedMeter) => number): Amounts {
  const amounts: Amounts = {};
  for (const meter of CHARGED_METERS) {
    const amount = of(meter);
    if (amount !== 0) amounts[meter] = amount;
  }
  return amounts;
}

export const plus = (one: Amounts, other: Amounts): Amounts =>
  amountsBy((meter) => amountOf(one, meter) + amountOf(other, meter));

export const minus = (one: Amounts, other: Amounts): Amounts =>
  amountsBy((meter) => amountOf(one, meter) - amountOf(other, meter));

/** What is above nothing. */
export const positive = (amounts: Amounts): Amounts => amountsBy((meter) => Math.max(0, amountOf(amounts, meter)));

export const isNothing = (amounts: Amounts): boolean => CHARGED_METERS.every((meter) => amountOf(amounts, meter) === 0);

export const sum = (all: readonly Amounts[]): Amounts => all.reduce(plus, NOTHING);

/** The amounts among the members of an event. */
export const amountsIn = (data: { readonly [M in ChargedMeter]?: number | undefined }): Amounts =>
  amountsBy((meter) => data[meter] ?? 0);
