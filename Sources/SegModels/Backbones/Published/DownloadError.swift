/// Why weights could not be fetched. What has come so far stays for the next try, where it can be continued.
public enum DownloadError: Error, Sendable, Hashable, CustomStringConvertible {
    /// No file of this name is known.
    case unknownName(String, known: [String])
    /// The address is none of http or https.
    case address(String)
    /// A file of the cache cannot be written.
    case file(String, reason: String)
    /// Another process fetches the same file.
    case busy(String)
    /// The server answers with something else than the file.
    case refused(address: String, status: Int)
    /// No connection, or one that broke off and could not be taken up again.
    case broken(address: String, received: Int, expected: Int?, reason: String)
    /// More bytes than the file has.
    case tooLong(address: String, limit: Int)
    /// All bytes came, and they are not the file's.
    case wrongBytes(address: String, found: String, expected: String)

    public var description: String {
        switch self {
        case .unknownName(let name, let known):
            "no published weights \"\(name)\" are known; choose among \(known.joined(separator: ", "))"
        case .address(let address): "\(address) is no address of a web server, expected https://..."
        case .file(let path, let reason): "\(path): \(reason)"
        case .busy(let path): "\(path): another process is fetching this file; wait for it"
        case .refused(let address, let status): "\(address): the server answers \(status) instead of the file"
        case .broken(let address, let received, let expected, let reason):
            "\(address): broke off after \(received)\(expected.map { " of \($0)" } ?? "") bytes (\(reason)); "
                + "the same command continues there"
        case .tooLong(let address, let limit): "\(address): more than the \(limit) bytes that the file may have; nothing is kept"
        case .wrongBytes(let address, let found, let expected):
            "\(address): the bytes are not those that were published (SHA-256 \(found), expected \(expected)); nothing is kept"
        }
    }
}
