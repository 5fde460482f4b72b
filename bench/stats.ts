/** The figures of a run: medians over rounds, and how far the rounds lie apart. */

/** Middle value, or the mean of the two middle ones; NaN of nothing. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const upper = sorted[sorted.length >> 1] ?? Number.NaN
  const lower = sorted[(sorted.length - 1) >> 1] ?? Number.NaN
  return (lower + upper) / 2
}

/** Distance of the largest from the smallest value, as a share of the median. 0 where all are equal. */
export function spread(values: readonly number[]): number {
  return (Math.max(...values) - Math.min(...values)) / median(values)
}

/** Each value over that of the same round: what both were slowed down by cancels out. */
export const ratios = (values: readonly number[], of: readonly number[]): number[] =>
  values.map((value, round) => value / (of[round] ?? Number.NaN))

/** @param digits - after the point */
export const rounded = (value: number, digits: number): number => Number(value.toFixed(digits))
