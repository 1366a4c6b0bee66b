// What the database file holds. Other programs read the tables above the line by these names, so neither a table nor a
// column of them may go or change its meaning. Times are ISO-8601 text in UTC with three digits of fraction, so that text
// order is time order.

/** Stands in the file's header and makes it ours: "wpd" and the number of the purpose. */
export const APPLICATION_ID = 0x77706401;

/** A change here needs a step in migrations.ts, which makes the same of the files that are there already. */
export const TABLES: readonly string[] = [
  `CREATE TABLE lockouts (account_id INTEGER PRIMARY KEY, is_locked BOOLEAN DEFAULT 0, reason TEXT, locked_at DATETIME,
    locked_until DATETIME, rule_id TEXT, created_at DATETIME DEFAULT CURRENT_TIMESTAMP,
    updated_at DATETIME DEFAULT CURRENT_TIMESTAMP)`,
  "CREATE INDEX idx_lockouts_until ON lockouts (locked_until)",
  `CREATE TABLE daily_pnl (account_id INTEGER, date TEXT, realized_pnl REAL DEFAULT 0, last_updated DATETIME,
    PRIMARY KEY (account_id, date))`,
  "CREATE INDEX idx_daily_pnl_date ON daily_pnl (date)",
  `CREATE TABLE contract_cache (contract_id TEXT PRIMARY KEY, tick_size REAL NOT NULL, tick_value REAL NOT NULL,
    symbol_id TEXT NOT NULL, name TEXT, cached_at DATETIME)`,
  "CREATE INDEX idx_contract_symbol ON contract_cache (symbol_id)",
  `CREATE TABLE trade_history (id INTEGER PRIMARY KEY AUTOINCREMENT, account_id INTEGER, timestamp DATETIME,
    contract_id TEXT, pnl REAL, created_at DATETIME)`,
  "CREATE INDEX idx_trade_account ON trade_history (account_id, timestamp DESC)",
  "CREATE INDEX idx_trade_time ON trade_history (timestamp)",
  "CREATE TABLE session_state (account_id INTEGER PRIMARY KEY, session_start DATETIME NOT NULL, updated_at DATETIME)",
  `CREATE TABLE positions (id INTEGER PRIMARY KEY, account_id INTEGER, contract_id TEXT, type INTEGER, size INTEGER,
    average_price REAL, created_at DATETIME NOT NULL, updated_at DATETIME)`,
  "CREATE INDEX idx_positions_account ON positions (account_id)",
  "CREATE INDEX idx_positions_contract ON positions (contract_id)",
  `CREATE TABLE orders (id INTEGER PRIMARY KEY, account_id INTEGER, contract_id TEXT, type INTEGER, side INTEGER,
    size INTEGER, limit_price REAL, stop_price REAL, state INTEGER, created_at DATETIME, updated_at DATETIME)`,
  "CREATE INDEX idx_orders_account ON orders (account_id)",
  "CREATE INDEX idx_orders_contract ON orders (contract_id)",
  "CREATE INDEX idx_orders_state ON orders (state)",
  `CREATE TABLE enforcement_log (id INTEGER PRIMARY KEY AUTOINCREMENT, timestamp DATETIME, account_id INTEGER,
    rule_id TEXT NOT NULL, action TEXT NOT NULL, reason TEXT NOT NULL, success BOOLEAN DEFAULT 1, details TEXT,
    execution_time_ms INTEGER)`,
  "CREATE INDEX idx_enforcement_account ON enforcement_log (account_id)",
  "CREATE INDEX idx_enforcement_time ON enforcement_log (timestamp DESC)",
  "CREATE INDEX idx_enforcement_rule ON enforcement_log (rule_id)",
  `CREATE TABLE reset_schedule (account_id INTEGER PRIMARY KEY, last_reset_date TEXT, next_reset_time DATETIME,
    reset_time_config TEXT, timezone TEXT)`,
  "CREATE TABLE schema_version (version INTEGER PRIMARY KEY, applied_at DATETIME)",
  // ---- ours: the events themselves, their numbers, and what was answered to whom.
  "CREATE TABLE events (seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, type TEXT NOT NULL, account_id INTEGER, body TEXT NOT NULL)",
  // `reserved`: no number up to it is given out again. `pruned`: the highest number among the events no longer kept.
  "CREATE TABLE numbering (id INTEGER PRIMARY KEY CHECK (id = 1), reserved INTEGER NOT NULL, pruned INTEGER NOT NULL)",
  "CREATE TABLE answers (key TEXT NOT NULL UNIQUE, at INTEGER NOT NULL, call TEXT NOT NULL, answer TEXT NOT NULL)",
];
