/** What an installation is up to, in words. */

import type { Installation } from '../api/client'

interface Words {
  text: string
  color: string
  /** Whether the state passes by itself. */
  busy?: boolean
}

export function stateWords({ state, enabled }: Pick<Installation, 'state' | 'enabled'>, now = Date.now()): Words {
  switch (state.name) {
    case 'running':
      return { text: 'Running', color: 'green' }
    case 'starting':
      return { text: 'Starting…', color: 'iris', busy: true }
    case 'stopping':
      return { text: 'Stopping…', color: 'gray', busy: true }
    case 'backing_off':
      return { text: restart(Date.parse(state.until) - now), color: 'orange', busy: true }
    case 'gave_up':
      return { text: 'Keeps failing', color: 'red' }
    case 'stopped':
      return { text: enabled ? 'Waiting' : 'Stopped', color: 'gray' }
  }
}

function restart(left: number): string {
  const seconds = Math.ceil(left / 1000)
  return seconds > 0 ? `Restarts in ${seconds} s` : 'Restarting…'
}

/** Whether the button should offer to stop it. */
export function isOn({ state, enabled }: Pick<Installation, 'state' | 'enabled'>): boolean {
  return enabled && state.name !== 'gave_up' && state.name !== 'stopping'
}

export function megabytes(bytes: number): string {
  return `${(bytes / 1_048_576).toFixed(bytes < 104_857_600 ? 1 : 0)} MB`
}
