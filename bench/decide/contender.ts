import type { Ask, World } from './world.ts'

/** Something that decides the requests of a world. */
export type Contender = {
  readonly name: string
  /** @param at - index into the world's `asks`, whose facts were prepared; or of `refused`, beyond them */
  readonly decide: (at: number) => boolean | Promise<boolean>
}

/** What a contender is asked about: the allowed requests, then the refused ones. */
export const allAsks = ({ asks, refused }: World): readonly Ask[] => [...asks, ...refused]
