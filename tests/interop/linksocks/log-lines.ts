/** What a client of any program writes when it has lost its server. */
export const SERVER_LOST = /no connection|Connection error/;

/** What a server of any program writes when a client has left. */
export const CLIENT_GONE = / disconnected: |Client disconnected/;
