/**
 * What loading a compiled policy costs: `node bench/policy-load.ts FILE` prints the CPU time in milliseconds from its
 * text to the decision function, in a process that has done nothing else, as an isolate would not have.
 */
import { readFile } from 'node:fs/promises'
import { loadPolicy } from '../src/platform/policies.ts'
import { deciderOf } from './decide/gateway.ts'

const text = await readFile(process.argv[2] ?? '', 'utf8')
const before = process.cpuUsage()
const loaded = loadPolicy(text)
if (loaded === undefined) throw new Error('no compiled policy')
deciderOf(loaded)
const { user, system } = process.cpuUsage(before)
console.log((user + system) / 1000)
