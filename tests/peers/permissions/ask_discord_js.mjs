// What discord.js says: `node ask_discord_js.mjs GUILDS > ANSWERS`. Real guild objects, no network.
import { readFileSync } from 'node:fs'
import { Client, PermissionsBitField } from 'discord.js'

const client = new Client({ intents: [] })
const answers = JSON.parse(readFileSync(process.argv[2], 'utf8')).map((payload) => {
  client.guilds.cache.clear()
  client.channels.cache.clear()
  const guild = client.guilds._add(payload)
  const member = guild.members.cache.first()
  const channel = client.channels.cache.get('4001') ?? client.channels.cache.get('4000')
  return {
    guild: String(member.permissions.bitfield),
    channel: channel ? String(channel.permissionsFor(member).bitfield) : null,
  }
})
process.stdout.write(JSON.stringify({ all: String(PermissionsBitField.All), answers }))
process.exitCode = 0
