/** A modal a plugin opened, as a real dialog. */

import { Button, Group, Modal, Stack, Textarea, TextInput } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { sentence } from '../api/problem'
import { ComponentType, type Component, type OpenModal } from '../discord/types'
import { lab, modalsQuery } from './api'
import type { Interactions } from './interactions'
import { useLab } from './people'
import classes from './composer.module.css'

export function ModalDialog({ interactions }: { interactions: Interactions }) {
  const { acting } = useLab()
  const modals = useQuery(modalsQuery(acting.user.id))
  const modal = modals.data?.at(-1)
  return modal ? <Dialog key={modal.interaction_id} modal={modal} interactions={interactions} /> : null
}

function inputs(components: Component[]): Component[] {
  return components.flatMap((component) =>
    component.type === ComponentType.TextInput ? [component] : inputs(component.components ?? []),
  )
}

/** Discord's paragraph style. */
const PARAGRAPH = 2

function Dialog({ modal, interactions }: { modal: OpenModal; interactions: Interactions }) {
  const { acting, bot, nameOf } = useLab()
  const queries = useQueryClient()
  const fields = inputs(modal.components)
  const [values, setValues] = useState<Record<string, string>>(() =>
    Object.fromEntries(fields.map((field) => [field.custom_id ?? '', field.value ?? ''])),
  )
  const [checked, setChecked] = useState(false)
  const closed = () => queries.invalidateQueries({ queryKey: ['lab', 'modals'] })
  const submit = useMutation({
    mutationFn: () =>
      interactions.track(`the form “${modal.title}”`, modal.custom_id, () =>
        lab.submitModal(modal.interaction_id, acting.user.id, values),
      ),
    onSuccess: closed,
  })
  const dismiss = useMutation({ mutationFn: () => lab.dismissModal(modal.interaction_id), onSettled: closed })

  const wrong = (field: Component): string | undefined => {
    const value = values[field.custom_id ?? ''] ?? ''
    if (value === '') return field.required === false ? undefined : 'This is required.'
    if (field.min_length !== undefined && value.length < field.min_length) return `At least ${field.min_length} characters.`
    return undefined
  }
  return (
    <Modal opened title={modal.title} onClose={() => dismiss.mutate()} centered closeButtonProps={{ 'aria-label': 'Close' }}>
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault()
          setChecked(true)
          if (fields.every((field) => !wrong(field))) submit.mutate()
        }}
      >
        <Stack>
          <div className={classes.description}>A form of {nameOf(bot)}. What you enter goes to the plugin.</div>
          {fields.map((field, index) => {
            const id = field.custom_id ?? ''
            const common = {
              label: field.label,
              placeholder: field.placeholder,
              withAsterisk: field.required !== false,
              maxLength: Math.min(field.max_length ?? 4000, 4000),
              value: values[id] ?? '',
              error: checked ? wrong(field) : undefined,
              'data-autofocus': index === 0 || undefined,
              onChange: (event: React.ChangeEvent<HTMLInputElement | HTMLTextAreaElement>) => {
                const entered = event.currentTarget.value
                setValues((known) => ({ ...known, [id]: entered }))
              },
            }
            return field.style === PARAGRAPH ? (
              <Textarea key={id} {...common} autosize minRows={3} maxRows={8} />
            ) : (
              <TextInput key={id} {...common} autoComplete="off" />
            )
          })}
          {submit.isError && (
            <div role="alert" className={classes.error}>
              {sentence(submit.error)}
            </div>
          )}
          <Group justify="flex-end">
            <Button variant="default" loading={dismiss.isPending} onClick={() => dismiss.mutate()}>
              Cancel
            </Button>
            <Button type="submit" loading={submit.isPending}>
              Submit
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}
