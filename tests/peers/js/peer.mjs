// Runs the areas: `node peer.mjs [AREA ...]`.
import { version } from 'discord.js'
import { connect } from './bot.mjs'
import { main } from './steps.mjs'

process.exit(await main(`discord.js ${version}`, connect))
