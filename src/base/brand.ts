declare const brand: unique symbol

/** A `Base` that only its one maker can produce, so a plain string or number cannot take its place. */
export type Brand<Base, Name extends string> = Base & { readonly [brand]: Name }
