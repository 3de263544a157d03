package settings

import (
	"github.com/minori-hq/minori/web/site"
	"github.com/minori-hq/minori/web/ui"
	"github.com/minori-hq/minori/webhook"
)

// kindWord names a kind of event.
func kindWord(v ui.View, k webhook.Kind) string {
	switch k {
	case webhook.CallOpened:
		return v.T("webhook.kind.opened")
	case webhook.CallRecovered:
		return v.T("webhook.kind.recovered")
	case webhook.CallClosed:
		return v.T("webhook.kind.closed")
	case webhook.BandChanged:
		return v.T("webhook.kind.band")
	}
	return v.T("webhook.kind.test")
}

// faultWord says why an attempt did not deliver.
func faultWord(v ui.View, text string) string {
	fault, detail := webhook.ReadFault(text)
	switch fault {
	case webhook.FaultStatus:
		return v.T("webhook.fault.status")
	case webhook.FaultRedirect:
		return v.T("webhook.fault.redirect")
	case webhook.FaultGone:
		return v.T("webhook.fault.gone")
	case webhook.FaultPrivate:
		return v.T("webhook.fault.private")
	case webhook.FaultTimeout:
		return v.T("webhook.fault.timeout")
	case webhook.FaultName:
		return v.T("webhook.fault.name")
	case webhook.FaultConnect:
		return v.T("webhook.fault.connect", "detail", detail)
	case webhook.FaultDisabled:
		return v.T("webhook.fault.disabled")
	}
	return v.T("webhook.fault.broken", "detail", detail)
}

// webhookMessage says why something was not done, in the reader's words.
func webhookMessage(r *site.Request, err error) string {
	v := r.View
	switch webhook.WhyOf(err) {
	case webhook.WhyName:
		return v.T("webhook.bad.name")
	case webhook.WhyURL:
		return v.T("webhook.bad.url")
	case webhook.WhyHTTPS:
		return v.T("webhook.bad.https")
	case webhook.WhyPrivate:
		return v.T("webhook.bad.private")
	case webhook.WhyKinds:
		return v.T("webhook.bad.kinds")
	case webhook.WhyTooMany:
		return v.T("webhook.bad.too-many", "count", webhook.MaxEndpoints)
	case webhook.WhyChanged:
		return v.T("webhook.bad.changed")
	case webhook.WhyDisabled:
		return v.T("webhook.bad.disabled")
	case webhook.WhyPending:
		return v.T("webhook.bad.pending")
	}
	return site.FormMessage(v, err)
}
