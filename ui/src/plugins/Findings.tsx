import { IconAlertTriangle, IconCircleX, IconInfoCircle } from '@tabler/icons-react'
import type { Finding } from '../api/problem'
import classes from './plugins.module.css'

const KINDS: Record<string, { icon: typeof IconInfoCircle; color: string; name: string }> = {
  error: { icon: IconCircleX, color: 'var(--hm-danger)', name: 'Error' },
  warning: { icon: IconAlertTriangle, color: 'var(--hm-attention)', name: 'Warning' },
  info: { icon: IconInfoCircle, color: 'var(--hm-link)', name: 'Note' },
}
const ORDER = ['error', 'warning', 'info']

/** What the check of a zip found, worst first. */
export function Findings({ findings }: { findings: Finding[] }) {
  const sorted = [...findings].sort((a, b) => ORDER.indexOf(a.severity) - ORDER.indexOf(b.severity))
  return (
    <ul className={classes.findings}>
      {sorted.map((finding, index) => {
        const kind = KINDS[finding.severity] ?? KINDS.info!
        const place = [finding.path, finding.line ? `line ${finding.line}` : undefined].filter(Boolean).join(', ')
        return (
          <li key={index}>
            <kind.icon size={18} color={kind.color} aria-label={kind.name} />
            <div>
              {finding.message}
              {place && <div className={classes.small}>{place}</div>}
              {finding.hint && <div className={classes.small}>{finding.hint}</div>}
            </div>
          </li>
        )
      })}
    </ul>
  )
}
