/// Swift source reduced to code: comments and the contents of string literals are left out, so that a search for a
/// keyword finds uses and not mentions. Interpolations are code and stay.
enum SwiftCode {
    static func lines(of source: String) -> [String] {
        var scanner = Scanner(source)
        return scanner.strip().split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    }

    private enum Context {
        case code
        /// Code inside `\( ... )`, with the number of parentheses open in it.
        case interpolation(depth: Int)
        /// A literal that ends with `terminator`; `escape` begins an escape or an interpolation in it.
        case string(terminator: [Character], escape: [Character])
    }

    private struct Scanner {
        private let text: [Character]
        private var position = 0
        private var contexts: [Context] = [.code]
        private var output = ""

        init(_ source: String) { text = Array(source) }

        mutating func strip() -> String {
            while position < text.count {
                switch contexts.last ?? .code {
                case .code, .interpolation: scanCode()
                case .string(let terminator, let escape): scanString(terminator, escape)
                }
            }
            return output
        }

        private func starts(_ prefix: [Character]) -> Bool { text[position...].starts(with: prefix) }

        private mutating func scanCode() {
            if starts(["/", "/"]) { return skip { $0 != "\n" } }
            if starts(["/", "*"]) { return skipBlockComment() }
            if openString() { return }
            let character = text[position]
            if case .interpolation(let depth) = contexts.last, character == "(" || character == ")" {
                contexts.removeLast()
                let inner = character == "(" ? depth + 1 : depth - 1
                if inner > 0 { contexts.append(.interpolation(depth: inner)) }
            }
            output.append(character)
            position += 1
        }

        private mutating func openString() -> Bool {
            let hashes = text[position...].prefix { $0 == "#" }.count
            let start = position + hashes
            guard start < text.count, text[start] == "\"" else { return false }
            let quotes = text[start...].starts(with: ["\"", "\"", "\""]) ? 3 : 1
            let guardHashes = [Character](repeating: "#", count: hashes)
            contexts.append(
                .string(
                    terminator: [Character](repeating: "\"", count: quotes) + guardHashes, escape: ["\\"] + guardHashes))
            output.append("\"")
            position = start + quotes
            return true
        }

        private mutating func scanString(_ terminator: [Character], _ escape: [Character]) {
            if starts(escape) {
                position += escape.count
                if position < text.count, text[position] == "(" {
                    contexts.append(.interpolation(depth: 1))
                    output.append(" ")
                }
                position += 1
            } else if starts(terminator) {
                contexts.removeLast()
                output.append("\"")
                position += terminator.count
            } else {
                if text[position] == "\n" { output.append("\n") }
                position += 1
            }
        }

        private mutating func skip(while condition: (Character) -> Bool) {
            while position < text.count, condition(text[position]) { position += 1 }
        }

        private mutating func skipBlockComment() {
            var depth = 0
            repeat {
                if starts(["/", "*"]) {
                    depth += 1
                    position += 2
                } else if starts(["*", "/"]) {
                    depth -= 1
                    position += 2
                } else {
                    if text[position] == "\n" { output.append("\n") }
                    position += 1
                }
            } while depth > 0 && position < text.count
        }
    }
}
