import createClient from 'openapi-fetch'
import type { components, paths } from './schema'

/** The appliance's API; addresses and types come from its own description. */
export const api = createClient<paths>({ baseUrl: '/', credentials: 'same-origin' })

type Schemas = components['schemas']
export type Session = Schemas['SessionView']
export type Status = Schemas['StatusView']
export type Guild = Schemas['GuildView']
export type Plugin = Schemas['PluginView']
export type Version = Schemas['VersionView']
export type Installation = Schemas['InstallationView']
export type Capability = Schemas['CapabilityView']
export type RequestedCapability = Schemas['RequestedCapability']
export type WorkerState = Schemas['WorkerState']
export type UploadReport = Schemas['UploadReport']
export type LogLine = Schemas['LogView']
export type Tier = Schemas['TierView']
