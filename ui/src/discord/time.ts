/** Times as Discord words them. */

const clock = new Intl.DateTimeFormat(undefined, { timeStyle: 'short' })
const day = new Intl.DateTimeFormat(undefined, { dateStyle: 'long' })
const shortDay = new Intl.DateTimeFormat(undefined, { dateStyle: 'short' })
const full = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'short' })
const relative = new Intl.RelativeTimeFormat(undefined, { numeric: 'auto' })

function valid(date: Date): boolean {
  return !Number.isNaN(date.getTime())
}

function startOfDay(date: Date): number {
  return new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime()
}

export function clockTime(iso: string): string {
  const date = new Date(iso)
  return valid(date) ? clock.format(date) : ''
}

/** "Today at 10:15", "Yesterday at 10:15" or the date. */
export function messageTime(iso: string, now = new Date()): string {
  const date = new Date(iso)
  if (!valid(date)) return ''
  const days = Math.round((startOfDay(now) - startOfDay(date)) / 86_400_000)
  if (days === 0) return `Today at ${clock.format(date)}`
  if (days === 1) return `Yesterday at ${clock.format(date)}`
  return `${shortDay.format(date)} ${clock.format(date)}`
}

export function dayName(iso: string): string {
  const date = new Date(iso)
  return valid(date) ? day.format(date) : ''
}

export function sameDay(one: string, two: string): boolean {
  return startOfDay(new Date(one)) === startOfDay(new Date(two))
}

export function absoluteTime(seconds: number): string {
  const date = new Date(seconds * 1000)
  return valid(date) ? full.format(date) : 'an impossible time'
}

/** The styles of `<t:...:X>`. */
export function discordTime(seconds: number, style: string, now = Date.now()): string {
  const date = new Date(seconds * 1000)
  if (!valid(date)) return 'an impossible time'
  switch (style) {
    case 't':
      return clock.format(date)
    case 'T':
      return new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' }).format(date)
    case 'd':
      return shortDay.format(date)
    case 'D':
      return day.format(date)
    case 'F':
      return full.format(date)
    case 'R':
      return relativeTime(seconds * 1000, now)
    default:
      return `${day.format(date)} ${clock.format(date)}`
  }
}

const UNITS: [Intl.RelativeTimeFormatUnit, number][] = [
  ['year', 31_536_000],
  ['month', 2_592_000],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
]

export function relativeTime(at: number, now = Date.now()): string {
  const seconds = Math.round((at - now) / 1000)
  const [unit, size] = UNITS.find(([, length]) => Math.abs(seconds) >= length) ?? ['second', 1]
  return relative.format(Math.trunc(seconds / size), unit)
}
