/** Every planted hole. */

import type { Hole } from './hole.ts'
import { addressHoles } from './holes-address.ts'
import { basicHoles, type Inside } from './holes-credentials.ts'
import { framingHoles, headerHoles } from './holes-headers.ts'
import { limitHoles } from './holes-limits.ts'
import { methodHoles, pathHoles } from './holes-path.ts'
import { tokenHoles } from './holes-tokens.ts'

export const holesOf = (inside: Inside): readonly Hole[] => [
  ...pathHoles,
  ...methodHoles,
  ...addressHoles,
  ...headerHoles,
  ...framingHoles,
  ...basicHoles(inside),
  ...tokenHoles(inside),
  ...limitHoles,
]
