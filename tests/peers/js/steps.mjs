// Runs a library's steps as the list of scenarios names them, area by area, and writes down what came of them.
import assert from 'node:assert/strict'
import { appendFileSync, readFileSync } from 'node:fs'
import { withSimulator } from './sim.mjs'

/** The longest a step may take, and a login, in milliseconds. A wait inside a step ends with it. */
const STEP_LIMIT = 60_000
const LOGIN_LIMIT = 40_000

/** Fails after a time; without holding the process open. */
async function within(milliseconds, what, promise) {
  let timer
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} took longer than ${milliseconds / 1000} s`)), milliseconds)
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}

/** Prints each step and appends it to the file of results. */
class Report {
  failed = 0

  constructor(library) {
    this.library = library
  }

  step(area, step, started, error) {
    const seconds = Math.round((performance.now() - started) / 10) / 100
    const text = error ? String(error.stack ?? error) : null
    if (error) this.failed += 1
    appendFileSync(process.env.PEERS_RESULTS, `${JSON.stringify({ library: this.library, area, step, seconds, error: text })}\n`)
    console.log(`${this.library}: ${area}/${step}: ${error ? 'FAILED' : 'ok'} (${seconds} s)`)
    if (text) console.log(`    ${text.replaceAll('\n', '\n    ')}`)
  }
}

async function runStep(step, world) {
  // What a listener throws belongs to the step that is running.
  const thrown = new Promise((_, reject) => { world.fail = reject })
  await within(STEP_LIMIT, 'the step', Promise.race([step(world), thrown]))
  const strange = (await world.sim.news()).filter((entry) => entry.kind === 'unimplemented')
  assert.deepEqual(strange, [], 'the simulator does not implement this')
}

async function runArea(area, { steps, args = [] }, wanted, connect, report) {
  const open = [...wanted]
  let started = performance.now()
  try {
    await withSimulator(args, async (sim) => {
      const world = await within(LOGIN_LIMIT, 'the login', connect(sim))
      try {
        for (const name of wanted) {
          open.shift()
          started = performance.now()
          let error
          await runStep(steps[name], world).catch((caught) => { error = caught })
          report.step(area, name, started, error)
          started = performance.now()
        }
      } finally {
        await world.close()
      }
    })
  } catch (error) {
    // Neither login nor logout belongs to a step: what did not run has failed.
    report.step(area, open[0] ?? wanted.at(-1), started, error)
  }
}

/** Runs the areas named on the command line, or all; each is a module of `areas/`. Returns the exit code. */
export async function main(library, connect) {
  const scenarios = JSON.parse(readFileSync(process.env.PEERS_SCENARIOS, 'utf8'))
  const report = new Report(library)
  const chosen = process.argv.slice(2)
  for (const area of chosen.length ? chosen : Object.keys(scenarios)) {
    const module = await import(`./areas/${area}.mjs`)
    const strange = Object.keys(module.steps).filter((step) => !(step in scenarios[area]))
    assert.deepEqual(strange, [], `${area} has steps that are not in the list`)
    // A step that the library lacks is for the table to find.
    const wanted = Object.keys(scenarios[area]).filter((step) => step in module.steps)
    await runArea(area, module, wanted, connect, report)
  }
  return report.failed ? 1 : 0
}
