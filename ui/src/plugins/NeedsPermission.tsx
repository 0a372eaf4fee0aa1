import { Button } from '@mantine/core'
import { IconLockQuestion } from '@tabler/icons-react'
import type { Installation } from '../api/client'
import { sentence } from '../api/problem'
import { wordsFor } from '../capabilities'
import { useGrant } from './actions'
import classes from './plugins.module.css'

/** A plugin tried something it may not do; one click allows it. */
export function NeedsPermission({ installation }: { installation: Installation }) {
  const needed = installation.capabilities.filter((capability) => capability.needed && !capability.granted)
  const granted = installation.capabilities.filter((capability) => capability.granted).map(({ name }) => name)
  const grant = useGrant(installation.id)
  return needed.map((capability) => {
    const words = wordsFor(capability.name)
    return (
      <div key={capability.name} className={classes.needs} role="group" aria-label={`Needs permission: ${words.title}`}>
        <IconLockQuestion size={20} aria-hidden className={classes.needsIcon} />
        <div>
          <strong>Needs permission: {words.title}</strong>
          <p>
            {words.detail}
            {!capability.requested && ' The plugin did not say in advance that it needs this.'}
            {capability.tier === 'dangerous' && ' Allow this only if you trust the plugin.'}
          </p>
          {grant.isError && (
            <p role="alert" className={classes.problemText}>
              {sentence(grant.error)}
            </p>
          )}
          <Button
            size="compact-sm"
            color={capability.tier === 'dangerous' ? 'red.8' : undefined}
            loading={grant.isPending}
            aria-label={`Allow ${installation.plugin_name} to: ${words.title}`}
            onClick={() => grant.mutate([...granted, capability.name])}
          >
            Allow
          </Button>
        </div>
      </div>
    )
  })
}
