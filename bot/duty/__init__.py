"""The duty desk: incidents, alerts in chat, escalation along the rota, corrections."""
