/** What a plugin may do, by how much harm it could do, in plain words. */

import { Checkbox, Text } from '@mantine/core'
import type { Tier } from '../api/client'
import { TIERS, wordsFor } from '../capabilities'
import classes from './plugins.module.css'

interface Props {
  items: { name: string; tier: Tier; requested?: boolean; needed?: boolean }[]
  ticked: ReadonlySet<string>
  onChange: (ticked: Set<string>) => void
  disabled?: boolean
}

export function Capabilities({ items, ticked, onChange, disabled }: Props) {
  if (items.length === 0) {
    return (
      <Text size="sm" c="var(--hm-muted)">
        This plugin asks for no permissions.
      </Text>
    )
  }
  const toggle = (name: string, on: boolean) => {
    const next = new Set(ticked)
    if (on) next.add(name)
    else next.delete(name)
    onChange(next)
  }
  return TIERS.map(({ tier, title, detail, color }) => {
    const members = items.filter((item) => item.tier === tier)
    if (members.length === 0) return null
    return (
      <fieldset key={tier} className={classes.tier} disabled={disabled}>
        <legend>
          <span className={classes.tierDot} style={{ background: `var(--mantine-color-${color}-6)` }} /> {title}
        </legend>
        <p className={classes.tierDetail}>{detail}</p>
        {members.map((item) => {
          const words = wordsFor(item.name)
          return (
            <Checkbox
              key={item.name}
              className={classes.capability}
              checked={ticked.has(item.name)}
              onChange={(event) => toggle(item.name, event.currentTarget.checked)}
              label={
                <>
                  {words.title}
                  {item.needed && <span className={classes.needed}>wanted just now</span>}
                </>
              }
              description={
                <>
                  {words.detail}
                  {item.requested === false && ' The plugin did not say in advance that it needs this.'}
                </>
              }
            />
          )
        })}
      </fieldset>
    )
  })
}
