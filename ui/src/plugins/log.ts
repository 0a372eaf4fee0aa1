/** Putting stored and live log lines together. */

import type { LogLine } from '../api/client'

/** Lines kept on the page; older ones are in the log itself. */
export const KEPT = 1_000

export const LEVELS = [
  { level: 'debug', title: 'Everything' },
  { level: 'info', title: 'Info and up' },
  { level: 'warning', title: 'Warnings and errors' },
  { level: 'error', title: 'Errors' },
]

function rank(level: string): number {
  return LEVELS.findIndex((known) => known.level === level)
}

/** Adds lines in their order; one that came live and again from the store is kept once. */
export function merge(known: LogLine[], added: LogLine[]): LogLine[] {
  if (added.length === 0) return known
  const byId = new Map([...known, ...added].map((line) => [line.id, line]))
  return [...byId.values()].sort((a, b) => a.id - b.id).slice(-KEPT)
}

/** The lines at `level` and above. */
export function visible(lines: LogLine[], level: string): LogLine[] {
  return level === 'debug' ? lines : lines.filter((line) => rank(line.level) >= rank(level))
}
