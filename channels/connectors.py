"""How each kind of account is connected. A new one is a file and a line here."""

from __future__ import annotations

from channels.connecting import Connector
from channels.facebook.connect import FacebookConnector
from channels.telegram_connect import TelegramConnector
from channels.viber.connect import ViberBotConnector, ViberConnector
from channels.youtube.connect import YouTubeConnector
from channels.zalo.connect import ZaloConnector

_ALL = (FacebookConnector, ZaloConnector, ViberConnector, ViberBotConnector, YouTubeConnector, TelegramConnector)
CONNECTORS: dict[str, type[Connector]] = {connector.kind: connector for connector in _ALL}
