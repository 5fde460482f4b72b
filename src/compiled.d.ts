/** The compiled policy, as text. `sallyport build` writes it. */
declare module '*.compiled' {
  const text: string
  export default text
}
