/** First run: the owner chooses the password. */

import { Button, PasswordInput, Stack, TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { api } from '../api/client'
import { sentence, unwrap } from '../api/problem'
import { sessionQuery } from '../api/queries'
import { Failure } from '../shared/Failure'
import { Entrance } from './Entrance'

const SHORTEST = 8

/** The token of the link the program printed: `#setup=TOKEN`. A fragment never leaves the browser by itself. */
export function tokenFrom(fragment: string): string {
  return new URLSearchParams(fragment.replace(/^#/, '')).get('setup') ?? ''
}

export function SetupPage() {
  const queries = useQueryClient()
  const [given] = useState(() => tokenFrom(location.hash))
  const [token, setToken] = useState(given)
  const [password, setPassword] = useState('')
  const [again, setAgain] = useState('')
  const [checked, setChecked] = useState(false)
  const setUp = useMutation({
    mutationFn: () => unwrap(api.POST('/api/setup', { body: { token: token.trim(), password } })),
    onSuccess: async () => {
      // The token is used up; it need not stay in the history.
      history.replaceState(history.state, '', location.pathname)
      await queries.invalidateQueries(sessionQuery)
    },
  })
  const wrong = {
    token: token.trim() ? undefined : 'Copy it from the terminal in which Homemaid was started.',
    password: [...password].length >= SHORTEST ? undefined : `At least ${SHORTEST} characters.`,
    again: again === password ? undefined : 'The two are not the same.',
  }
  return (
    <Entrance title="Welcome to Homemaid" text="Choose the password you will use to come back here. It stays on this computer.">
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault()
          setChecked(true)
          if (!wrong.token && !wrong.password && !wrong.again) setUp.mutate()
        }}
      >
        <Stack>
          {/* Password managers want to know whose password it is. */}
          <input type="text" name="username" autoComplete="username" value="owner" readOnly hidden />
          {!given && (
            <TextInput
              label="Setup token"
              description="Homemaid printed it, at the end of the setup link, when it started."
              value={token}
              error={checked && wrong.token}
              autoComplete="off"
              onChange={(event) => setToken(event.currentTarget.value)}
            />
          )}
          <PasswordInput
            label="Owner password"
            description={`At least ${SHORTEST} characters; a short sentence works well.`}
            autoComplete="new-password"
            autoFocus
            value={password}
            error={checked && wrong.password}
            visibilityToggleButtonProps={{ 'aria-label': 'Show the password' }}
            onChange={(event) => setPassword(event.currentTarget.value)}
          />
          <PasswordInput
            label="The same again"
            autoComplete="new-password"
            value={again}
            error={checked && wrong.again}
            visibilityToggleButtonProps={{ 'aria-label': 'Show the repeated password' }}
            onChange={(event) => setAgain(event.currentTarget.value)}
          />
          {setUp.isError && <Failure title="The password was not set" detail={sentence(setUp.error)} />}
          <Button type="submit" size="md" loading={setUp.isPending}>
            Set the password and go on
          </Button>
        </Stack>
      </form>
    </Entrance>
  )
}
