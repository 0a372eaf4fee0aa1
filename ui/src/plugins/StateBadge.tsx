import { Badge } from '@mantine/core'
import { useEffect, useState } from 'react'
import type { Installation } from '../api/client'
import { stateWords } from './state'
import classes from './plugins.module.css'

/** What the installation is up to; counts down to a restart. */
export function StateBadge({ installation }: { installation: Installation }) {
  const [now, setNow] = useState(() => Date.now())
  const counting = installation.state.name === 'backing_off'
  useEffect(() => {
    if (!counting) return
    const timer = setInterval(() => setNow(Date.now()), 1_000)
    return () => clearInterval(timer)
  }, [counting])
  const words = stateWords(installation, now)
  return (
    <Badge variant="dot" color={words.color} size="lg" className={classes.state}>
      {words.text}
    </Badge>
  )
}
