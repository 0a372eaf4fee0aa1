import { Client, Events, GatewayIntentBits } from 'discord.js'

const { Guilds, GuildMessages, MessageContent } = GatewayIntentBits
const client = new Client({
  intents: [Guilds, GuildMessages, MessageContent],
  rest: { api: `${process.env.SIM_BASE}/api` }, // the gateway's address comes from there
})
client.on(Events.MessageCreate, (message) => {
  if (message.content === '!ping') message.channel.send('pong')
})
client.login(process.env.SIM_TOKEN)
