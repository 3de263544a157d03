// Segment's client for Node, as anybody would use it.
import { Analytics } from '@segment/analytics-node'

const [url, writeKey, count] = process.argv.slice(2)
const told = { statuses: [], errors: [] }
const analytics = new Analytics({ writeKey, host: url, flushAt: 20, flushInterval: 200, maxRetries: 3 })
analytics.on('http_response', (r) => told.statuses.push(r.status))
analytics.on('error', (e) => told.errors.push(String(e.reason ?? e.code)))

analytics.group({ userId: 'segment-user', groupId: 'segment-account', traits: { name: 'Segment & Co', plan: 'pro' } })
analytics.identify({ userId: 'segment-user', anonymousId: 'segment-visitor', traits: { email: 'user@segment.example', name: 'Sei' } })
analytics.alias({ userId: 'segment-user', previousId: 'segment-old' })
for (let i = 0; i < Number(count); i++) {
  analytics.track({ userId: 'segment-user', event: 'segment_event', properties: { number: i, text: 'こんにちは' }, context: { groupId: 'segment-account' } })
}
analytics.track({ anonymousId: 'segment-visitor', event: 'segment_event', timestamp: new Date(Date.now() - 60_000) })
analytics.page({ userId: 'segment-user', name: 'Home', category: 'app', properties: { url: 'https://app.example.com/' } })
analytics.screen({ userId: 'segment-user', name: 'Main' })
await analytics.closeAndFlush({ timeout: 30_000 })
console.log(JSON.stringify(told))
