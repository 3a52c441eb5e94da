/** Where a process behind the proxy gets its run's certificate: a name that no DNS has (RFC 6761), answered by the proxy itself. */
export const AUTHORITY_URL = 'http://causeway.invalid/ca.pem';
