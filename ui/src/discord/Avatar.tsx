import classes from './chat.module.css'

/** White text stands on each of these at 4.5:1 or better. */
const COLORS = ['#5a54d0', '#0f766e', '#b4235f', '#9a4a06', '#1d63b8', '#6d3fa8', '#44662c', '#8a3a3a']

interface Props {
  id: string
  name: string
  size?: number
}

/** Initials on a colour of one's own; pictures would have to come from the network. */
export function Avatar({ id, name, size = 40 }: Props) {
  let sum = 0
  for (const char of id) sum = (sum * 31 + char.charCodeAt(0)) % 9973
  const words = name.replace(/[^\p{L}\p{N} _-]/gu, '').split(/[ _-]+/).filter(Boolean)
  const initials = (words.length > 1 ? [words[0], words.at(-1)] : [words[0] ?? '?'])
    .map((word) => [...word!][0]?.toUpperCase())
    .join('')
  return (
    <span
      aria-hidden
      className={classes.avatar}
      style={{ background: COLORS[sum % COLORS.length], width: size, height: size, fontSize: size * 0.4 }}
    >
      {initials}
    </span>
  )
}
