/**
 * What rules can speak of, in Cedar's schema language; rules are checked against it when a pack is loaded. `deploy/policy/schema.cedarschema`
 * is the same text for editors and for Cedar's own tools.
 */
export const CEDAR_SCHEMA = `// What Causeway's policy rules can speak of.

// Who asks: the agent that the session was opened for.
entity Agent;

// Where a request goes. The id is "scheme://host:port". "destination" is the name that pack.yaml gives to a private destination,
// and "" for everything else.
entity Destination {
  scheme: String,
  host: String,
  port: Long,
  destination: String,
};

// What Causeway keeps for a run. The id is the resource's, or "*" when the action is not about one resource.
entity Resource;

// An HTTP request. "path" is canonical and starts with "/"; "queryKeys" are the names in the query, not their values; "contentType" is the
// media type that the request says its body has, in lower case and without parameters, and "" when it says none.
action "network.http-fetch" appliesTo {
  principal: Agent,
  resource: Destination,
  context: {
    method: String,
    path: String,
    queryKeys: Set<String>,
    hasBody: Bool,
    contentType: String,
  },
};

// The same, of a process that knows only the forward proxy. A redirect goes back to it, and is asked about anew.
action "network.forward" appliesTo {
  principal: Agent,
  resource: Destination,
  context: {
    method: String,
    path: String,
    queryKeys: Set<String>,
    hasBody: Bool,
    contentType: String,
  },
};

// A tunnel through the forward proxy (CONNECT), for TLS alone. What goes through it is not seen: it can be any path and any method. Only where
// pack.yaml has the host among egress.intercept, each request inside is a "network.forward" of its own. "sni" is the host that TLS has to name: it is
// always the host of the destination.
action "network.tunnel" appliesTo {
  principal: Agent,
  resource: Destination,
  context: { sni: String },
};

// Taking in a resource. "source" is "text", "file" or "url"; taking in a URL is also a GET request, decided as such.
action "resource.ingest" appliesTo {
  principal: Agent,
  resource: Resource,
  context: { source: String },
};

action "resource.get", "resource.list" appliesTo {
  principal: Agent,
  resource: Resource,
  context: {},
};

// Doing nothing, to see whether the road is open. The resource is always "*".
action "system.ping" appliesTo {
  principal: Agent,
  resource: Resource,
  context: {},
};

// A language model by its name, at a provider that pack.yaml names under "models". "dialect" is "openai" or "anthropic".
entity Model {
  name: String,
  dialect: String,
};

// A call of a language model. "maxTokens" is 0 when the agent leaves it to the pack.
action "model.chat" appliesTo {
  principal: Agent,
  resource: Model,
  context: { maxTokens: Long, stream: Bool },
};

// A capability that has no action of its own, such as that of a provider you run yourself. The id is the capability's, "x.echo".
// "owner" is the service that provides it.
entity Capability {
  owner: String,
};

// A call of such a capability. "effect" is what this call does to the world by the provider's word: "none", "reads" or "writes"; "risk" is
// "low", "medium", "high" or "critical"; "fields" holds "name=value" for each text, number and truth value of the input.
action "capability.call" appliesTo {
  principal: Agent,
  resource: Capability,
  context: {
    effect: String,
    untrusted: Bool,
    risk: String,
    fields: Set<String>,
  },
};
`;
