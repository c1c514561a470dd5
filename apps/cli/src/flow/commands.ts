import { FlowVersion } from '@zaptria/contract'
import { z } from 'zod'
import type { Api } from '../api/client.ts'
import { apiCommand } from '../api/command.ts'
import { command, Problem } from '../command.ts'
import { table } from '../table.ts'
import { findTenant, tenantArgument } from '../tenants/find.ts'
import { whole } from '../values.ts'
import { fileArgument, flowIn, issueLines, readFlow } from './document.ts'

export const flowValidate = command({
  name: 'flow validate',
  summary: 'find the mistakes in a flow document, without a server',
  examples: ['zaptria flow validate flow.json', 'zaptria flow show "Padaria da Praça" | zaptria flow validate -'],
  arguments: { file: fileArgument },
  options: {},
  run: async ({ file }, { say }) => {
    const { flow, issues, warnings } = readFlow(file)
    for (const line of [...issueLines(file, issues), ...issueLines(file, warnings, 'warning: ')]) say(line)
    say(
      flow === null
        ? `${issues.length} ${issues.length === 1 ? 'mistake' : 'mistakes'}.`
        : `${flow.name}: no mistakes, ${Object.keys(flow.nodes).length} nodes.`,
    )
    return Promise.resolve({ code: flow === null ? 1 : 0, data: { ok: flow !== null, issues, warnings } })
  },
})

export const flowPublish = apiCommand({
  name: 'flow publish',
  summary: 'make a flow document the one that a tenant’s bot follows',
  details: 'Active at once. Conversations in the middle of the version before end as they began.',
  examples: ['zaptria flow publish "Padaria da Praça" flow.json'],
  arguments: { tenant: tenantArgument, file: fileArgument },
  options: {},
  run: async (api, { tenant: said, file }, { say }) => {
    const { json, warnings } = flowIn(file)
    const { id, name } = await findTenant(api, said)
    const version = await api.call('POST', `/tenants/${id}/flow/versions`, FlowVersion, { body: json })
    for (const line of issueLines(file, warnings, 'warning: ')) say(line)
    say(`${name} follows version ${version.version}. The one before: zaptria flow activate`)
    return { code: 0, data: version }
  },
})

export const flowShow = apiCommand({
  name: 'flow show',
  summary: 'print the flow that a tenant’s bot follows, as a document',
  arguments: { tenant: tenantArgument },
  options: { version: { kind: 'value', placeholder: 'N', summary: 'an older version', parse: whole(1, 1e9) } },
  run: async (api, { tenant: said, version }) => {
    const { id } = await findTenant(api, said)
    const found = await findVersion(api, id, version)
    return { code: 0, data: found.flow, text: `${JSON.stringify(found.flow, null, 2)}\n` }
  },
})

/** By its number; the active one without. */
async function findVersion(api: Api, tenant: string, version: number | undefined): Promise<FlowVersion> {
  const all = await api.list(`/tenants/${tenant}/flow/versions`, FlowVersion)
  const found = all.find((one) => (version === undefined ? one.active : one.version === version))
  if (found === undefined)
    throw new Problem(
      version === undefined ? 'No flow answers there.' : `There is no version ${version}.`,
      'Those that were published: zaptria flow versions',
    )
  return found
}

export const flowVersions = apiCommand({
  name: 'flow versions',
  summary: 'every version of a tenant’s flow, newest first',
  arguments: { tenant: tenantArgument },
  options: {},
  run: async (api, { tenant: said }) => {
    const { id } = await findTenant(api, said)
    const versions = await api.list(`/tenants/${id}/flow/versions`, FlowVersion)
    const rows = versions.map(({ version, active, created_at: at, flow }) => [String(version), active ? 'active' : '', at, flow.name])
    const text = rows.length === 0 ? 'No flow was published yet.\n' : table(['VERSION', '', 'PUBLISHED', 'NAME'], rows)
    return { code: 0, data: versions.map(({ flow: { name }, ...one }) => ({ ...one, name })), text }
  },
})

export const flowActivate = apiCommand({
  name: 'flow activate',
  summary: 'go back, or forth, to a version of a tenant’s flow',
  arguments: { tenant: tenantArgument, version: { summary: 'its number', parse: whole(1, 1e9) } },
  options: {},
  run: async (api, { tenant: said, version }, { say }) => {
    const { id, name } = await findTenant(api, said)
    const found = await findVersion(api, id, version)
    const active = await api.call('POST', `/tenants/${id}/flow/versions/${found.id}/activate`, FlowVersion)
    say(`${name} follows version ${active.version}.`)
    return { code: 0, data: active }
  },
})

export const flowOff = apiCommand({
  name: 'flow off',
  summary: 'no flow answers; people do',
  arguments: { tenant: tenantArgument },
  options: {},
  run: async (api, { tenant: said }, { say }) => {
    const { id, name } = await findTenant(api, said)
    await api.call('DELETE', `/tenants/${id}/flow`, z.unknown())
    say(`${name}: no flow answers. To have it back: zaptria flow activate`)
    return { code: 0, data: { off: id } }
  },
})
