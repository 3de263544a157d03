// PostHog's client for Node.
import { PostHog } from 'posthog-node'

const [url, key, count] = process.argv.slice(2)
const told = { statuses: [], errors: [] }
const client = new PostHog(key, { host: url, flushAt: 20, flushInterval: 200, fetchRetryCount: 3, fetch: async (address, options) => {
  const response = await fetch(address, options)
  told.statuses.push(response.status)
  return response
} })
client.on('error', (e) => told.errors.push(String(e)))

const groups = { company: 'posthog-account' }
client.groupIdentify({ groupType: 'company', groupKey: 'posthog-account', properties: { name: 'PostHog & Co' } })
client.identify({ distinctId: 'posthog-user', properties: { email: 'user@posthog.example' } })
client.alias({ distinctId: 'posthog-user', alias: 'posthog-old' })
for (let i = 0; i < Number(count); i++) {
  client.capture({ distinctId: 'posthog-user', event: 'posthog_event', properties: { number: i }, groups })
}
client.capture({ distinctId: 'posthog-user', event: '$pageview', properties: { $current_url: 'https://app.example.com/' }, groups })
await client.shutdown(30_000)
console.log(JSON.stringify(told))
