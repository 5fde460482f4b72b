/**
 * Where the compiled policy comes from: a side table for `explain` and for messages. It is never written to the
 * bundle, which carries one `file:line` a route and no more.
 */
import type { Interval } from '../base/interval.ts'
import type { Place } from '../source/text.ts'

/** One entry of an allow or deny list, names of networks replaced by what they stand for. */
export type ListEntry = {
  /** As written: `192.0.2.55/24`. */
  readonly text: string
  readonly interval: Interval
  /** Where the address is written; for an entry of a named network that is under `networks:`. */
  readonly place: Place
  /** The network the entry came by, and where the list names it. */
  readonly network?: { readonly name: string; readonly place: Place }
}

/** One `allow_list:` or `deny_list:`. */
export type ListSource = {
  /** The value: the word `any`, or the first line of the list. */
  readonly place: Place
  readonly entries: 'any' | readonly ListEntry[]
}

export type ListSources = { readonly allow?: ListSource; readonly deny?: ListSource }

export type UpstreamSource = ListSources & {
  readonly place: Place
  readonly title: string
  /** The upstream's vocabulary, in the order of the file. */
  readonly features: ReadonlyMap<string, { readonly description: string; readonly place: Place }>
}

export type RouteSource = ListSources & {
  readonly place: Place
  readonly doc?: string
  /** One for each of the route's `paths`, in the same order. */
  readonly paths: readonly Place[]
  readonly auth: Place
  readonly respectsAllowList: Place
  /** By method: the method, and the words that name its callers. */
  readonly methods: ReadonlyMap<string, { readonly place: Place; readonly callers: Place }>
  /** Where the route names its group, else where `gateway.default_rate_group` does. */
  readonly rateGroup: Place
}

export type ClientSource = ListSources & { readonly place: Place; readonly features?: Place }

export type Sources = {
  readonly upstreams: ReadonlyMap<string, UpstreamSource>
  /** By route id: akamai/config-clients. */
  readonly routes: ReadonlyMap<string, RouteSource>
  readonly clients: ReadonlyMap<string, ClientSource>
  readonly rateGroups: ReadonlyMap<string, Place>
  /** The group of routes that name none, where there is one. */
  readonly defaultRateGroup?: string
  readonly tokens: ReadonlyMap<string, Place>
}
