// One Chromium for all tests of a file, and the words every test needs.

import { mkdirSync } from 'node:fs'
import path from 'node:path'
import { chromium } from 'playwright-core'

const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

export const PASSWORD = 'a password for the tests'
export const base = needed('HOMEMAID_URL').replace(/\/$/, '')
export const assets = path.resolve(process.env.INIT_CWD ?? '.', needed('HOMEMAID_ASSETS'))

export function needed(name) {
  const value = process.env[name]
  if (!value) throw new Error(`${name} is not set: see tests/browser/README.md`)
  return value
}

export function launch() {
  return chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: FLAGS })
}

/** A page of its own browser profile. What the page logs as an error, and whatever it asks of another host, is collected. */
export async function open(browser, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: 'en-GB', ...options })
  const page = await context.newPage()
  page.setDefaultTimeout(30_000)
  const troubles = []
  page.on('pageerror', (error) => troubles.push(`page error: ${error.message}`))
  page.on('console', (message) => {
    // The browser itself reports every refused request; tests that provoke one look at the answer.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) troubles.push(message.text())
  })
  page.on('request', (request) => {
    const url = new URL(request.url())
    if (url.protocol.startsWith('http') && url.origin !== base) troubles.push(`asked another host: ${request.url()}`)
  })
  return { context, page, troubles }
}

export async function signIn(page, password = PASSWORD) {
  await page.goto(`${base}/`)
  await page.getByLabel('Owner password').fill(password)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await composer(page).waitFor()
}

export function composer(page) {
  return page.getByRole('combobox', { name: /^Message #/ })
}

/** Runs a command from the list that a slash opens; `fill` enters its options. */
export async function runCommand(page, name, fill = async () => {}) {
  await composer(page).fill(`/${name}`)
  await page.getByRole('option', { name: new RegExp(`^/${name}\\b`) }).first().waitFor()
  await composer(page).press('Enter')
  const form = page.getByRole('form', { name: `Command /${name}` })
  await fill(form)
  await form.getByRole('button', { name: 'Run' }).click()
  await form.waitFor({ state: 'detached' })
}

/** The newest message of the bot that contains `text`. */
export function answer(page, text) {
  return page.locator('li[data-message]').filter({ hasText: text }).last()
}

export async function photograph(page, name) {
  const folder = process.env.HOMEMAID_SCREENSHOTS
  if (!folder) return
  const target = path.resolve(process.env.INIT_CWD ?? '.', folder)
  mkdirSync(target, { recursive: true })
  await page.screenshot({ path: path.join(target, `${name}.png`) })
}
