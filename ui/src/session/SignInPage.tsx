import { Anchor, Button, PasswordInput, Stack, Text } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { api } from '../api/client'
import { sentence, unwrap } from '../api/problem'
import { sessionQuery } from '../api/queries'
import { Failure } from '../shared/Failure'
import { Entrance } from './Entrance'

export function SignInPage() {
  const queries = useQueryClient()
  const [password, setPassword] = useState('')
  const [help, setHelp] = useState(false)
  const signIn = useMutation({
    mutationFn: () => unwrap(api.POST('/api/session', { body: { password } })),
    onSuccess: () => queries.invalidateQueries(sessionQuery),
  })
  return (
    <Entrance title="Welcome back" text="Sign in with the owner password.">
      <form
        onSubmit={(event) => {
          event.preventDefault()
          if (password) signIn.mutate()
        }}
      >
        <Stack>
          <input type="text" name="username" autoComplete="username" value="owner" readOnly hidden />
          <PasswordInput
            label="Owner password"
            autoComplete="current-password"
            autoFocus
            value={password}
            visibilityToggleButtonProps={{ 'aria-label': 'Show the password' }}
            onChange={(event) => setPassword(event.currentTarget.value)}
          />
          {signIn.isError && <Failure title="Not signed in" detail={sentence(signIn.error)} />}
          <Button type="submit" size="md" loading={signIn.isPending}>
            Sign in
          </Button>
          <div>
            <Anchor component="button" type="button" size="sm" c="var(--hm-link)" aria-expanded={help} onClick={() => setHelp(!help)}>
              I do not know the password
            </Anchor>
            {help && (
              <Text size="sm" c="var(--hm-muted)" mt={6}>
                It was chosen when Homemaid was opened for the first time, and only a scrambled form of it is kept. Ask
                whoever set up this computer.
              </Text>
            )}
          </div>
        </Stack>
      </form>
    </Entrance>
  )
}
