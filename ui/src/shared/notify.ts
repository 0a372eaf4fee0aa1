import { notifications } from '@mantine/notifications'
import { sentence } from '../api/problem'

/** Tells of something that did not work, in the words of whoever refused it. */
export function complain(title: string, error: unknown) {
  notifications.show({ color: 'red', title, message: sentence(error), autoClose: 10_000 })
}

export function tell(message: string) {
  notifications.show({ message })
}
