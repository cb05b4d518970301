/// Who may ask: a browser that opened this very page, or a script that says where it goes.
///
/// A page of another site cannot send here (its origin is another), and a name that somebody pointed to this machine does not lead
/// here (the host is another). Where others than this machine may connect, every request carries a token.
struct PageGuard: Sendable {
    static let cookieName = "fss_token"

    /// The port that is listened on.
    var port: UInt16
    /// Hosts without the port, in small letters; an IPv6 address in brackets.
    var hosts: Set<String>
    /// What every request has to carry; nil on the loopback address.
    var token: String?

    /// Guards an address.
    ///
    /// - Parameters:
    ///   - address: what is listened on, as numbers.
    ///   - port: its port.
    ///   - token: see ``token``.
    init(address: String, port: UInt16, token: String?) {
        self.port = port
        self.token = token
        let own = address.contains(":") ? "[\(address.lowercased())]" : address
        hosts = [own, "localhost"]
        if Self.isLoopback(address) { hosts.formUnion(["127.0.0.1", "[::1]"]) }
        isAny = ["0.0.0.0", "::"].contains(address)
    }

    /// All addresses of the machine are listened on: any that is written as numbers is meant. A name could lead anywhere.
    private var isAny: Bool

    /// Whether only this machine can connect.
    static func isLoopback(_ address: String) -> Bool { address == "::1" || address.hasPrefix("127.") }

    /// The refusal of a request; nil for one that may pass.
    func refusal(of request: PageRequest) -> PageAnswer? {
        guard !request.isAmbiguous else { return .refusal(400, "the request has a header twice") }
        guard let host = request.headers["host"]?.lowercased(), isOwn(host) else {
            return .refusal(421, "the host is not this server's; open the address that `fss serve` printed")
        }
        if let origin = request.headers["origin"], origin.lowercased() != "http://\(host)" {
            return .refusal(403, "the request comes from another page")
        }
        let isInner = ["same-origin", "none"].contains(request.headers["sec-fetch-site"] ?? "none")
        guard isInner || request.parts.first != "api" else { return .refusal(403, "the request comes from another page") }
        guard let token else { return nil }
        let carried = [bearer(request), cookie(request), request.path == "/" ? request.arguments["token"] : nil]
        guard carried.contains(where: { $0.map { Self.equal($0, token) } ?? false }) else {
            return .refusal(401, "no token, or a wrong one; open the whole address that `fss serve` printed")
        }
        return nil
    }

    private func isOwn(_ host: String) -> Bool {
        let ending = ":\(port)"
        let name = host.hasSuffix(ending) ? String(host.dropLast(ending.count)) : port == 80 ? host : nil
        guard let name else { return false }
        return hosts.contains(name) || isAny && Self.isNumeric(name)
    }

    /// Whether a host is written as numbers.
    private static func isNumeric(_ host: String) -> Bool {
        if host.hasPrefix("["), host.hasSuffix("]") {
            return host.dropFirst().dropLast().allSatisfy { $0.isHexDigit || $0 == ":" || $0 == "." }
        }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts.allSatisfy { UInt8($0) != nil }
    }

    private func bearer(_ request: PageRequest) -> String? {
        guard let value = request.headers["authorization"], value.lowercased().hasPrefix("bearer ") else { return nil }
        return String(value.dropFirst(7))
    }

    private func cookie(_ request: PageRequest) -> String? {
        let prefix = "\(Self.cookieName)="
        return (request.headers["cookie"] ?? "").split(separator: ";").lazy
            .map { $0.drop { $0 == " " } }
            .first { $0.hasPrefix(prefix) }
            .map { String($0.dropFirst(prefix.count)) }
    }

    /// Whether two texts are equal, in a time that does not tell where they differ.
    private static func equal(_ one: String, _ other: String) -> Bool {
        let (one, other) = (Array(one.utf8), Array(other.utf8))
        guard one.count == other.count else { return false }
        return zip(one, other).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }
}
