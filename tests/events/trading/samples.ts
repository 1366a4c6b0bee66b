/** One of each type that other programs publish, with all of its members. */
export const SAMPLES = {
  GatewayUserTrade:
    '{"type":"GatewayUserTrade","account_id":7001,"data":{"id":558201,"contractId":"CON.F.US.MES.Z25","profitAndLoss":37.5,"quantity":3,"executionTime":"2025-11-04T15:02:09.250Z","timestamp":"2025-11-04T15:02:09.311Z"}}',
  GatewayUserPosition:
    '{"type":"GatewayUserPosition","account_id":7001,"data":{"id":90311,"contractId":"CON.F.US.MES.Z25","type":2,"size":1,"averagePrice":6862.75,"createdAt":"2025-11-04T14:58:40Z","updatedAt":"2025-11-04T15:01:12Z"}}',
  GatewayUserOrder:
    '{"type":"GatewayUserOrder","account_id":7001,"data":{"id":7702214,"contractId":"CON.F.US.MES.Z25","type":3,"side":1,"size":1,"limitPrice":null,"stopPrice":6875.25,"state":1,"createdAt":"2025-11-04T14:58:41Z","updatedAt":"2025-11-04T14:58:41Z"}}',
  MarketQuote:
    '{"type":"MarketQuote","account_id":7001,"data":{"contractId":"CON.F.US.MES.Z25","bid":6861.5,"ask":6861.75,"last":6861.5,"timestamp":"2025-11-04T15:02:10.004Z"}}',
  lockout_set:
    '{"type":"lockout_set","account_id":7001,"data":{"reason":"Cooldown after losing trade (-$140.00)","locked_until":"2025-11-04T15:10:00Z","rule_id":"RULE-007","locked_at":"2025-11-04T15:05:00Z"}}',
  lockout_cleared:
    '{"type":"lockout_cleared","account_id":7001,"data":{"cleared_at":"2025-11-04T15:10:00Z","cleared_by":"TIMER_EXPIRY"}}',
  enforcement_action:
    '{"type":"enforcement_action","account_id":7001,"data":{"action":"CLOSE_ALL_AND_LOCKOUT","reason":"Daily loss -$512.40 reached limit -$500.00","rule_id":"RULE-003","success":true,"timestamp":"2025-11-04T15:20:31Z","details":{"positions_closed":1,"orders_canceled":2}}}',
  daily_reset:
    '{"type":"daily_reset","account_id":7001,"data":{"reset_time":"2025-11-04T22:00:00Z","previous_pnl":-86.25,"previous_trade_count":9,"lockouts_cleared":true}}',
  daemon_status:
    '{"type":"daemon_status","account_id":null,"data":{"status":"STOPPING","message":"Shutdown requested","timestamp":"2025-11-04T23:00:00Z"}}',
} as const;

/** Those, and ours of the event that is not written there. */
export const ALL_SAMPLES = {
  ...SAMPLES,
  GatewayContract:
    '{"type":"GatewayContract","account_id":null,"data":{"contractId":"CON.F.US.MES.Z25","name":"MESZ5","symbolId":"F.US.MES","tickSize":0.25,"tickValue":1.25}}',
} as const;

export type SampleName = keyof typeof ALL_SAMPLES;
