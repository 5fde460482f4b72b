/**
 * IP addresses and address ranges: strict text in, comparable numbers out.
 *
 * An IPv4 address is a 32-bit number. An IPv6 address is 32 lower-case hex digits, which compare as text in
 * the order of the 128-bit numbers they stand for. Mapped addresses (::ffff:a.b.c.d) are IPv4 everywhere.
 */
export type IpAddress =
  | { readonly family: 4; readonly value: number }
  | { readonly family: 6; readonly value: string }
