/// A piece of a page.
///
/// Texts are escaped where they enter, so that no name of a class or file becomes markup.
struct HTML: Sendable, Equatable {
    /// The markup.
    private(set) var source = ""

    /// Nothing.
    init() {}

    /// A text.
    init(_ text: String) { source = Self.escaped(text) }

    private init(source: String) { self.source = source }

    /// An element with its attributes and what stands in it.
    static func tag(_ name: StaticString, _ attributes: KeyValuePairs<StaticString, String> = [:], _ content: HTML...) -> HTML {
        tag(name, attributes, content)
    }

    /// An element with its attributes and what stands in it.
    static func tag(
        _ name: StaticString, _ attributes: KeyValuePairs<StaticString, String> = [:], _ content: [HTML]
    ) -> HTML {
        HTML(source: opening(name, attributes) + content.joined.source + "</\(name)>")
    }

    /// An element with a text alone.
    static func tag(
        _ name: StaticString, _ attributes: KeyValuePairs<StaticString, String> = [:], text: String
    ) -> HTML {
        tag(name, attributes, HTML(text))
    }

    /// An element that holds nothing and has no end, such as `img`.
    static func void(_ name: StaticString, _ attributes: KeyValuePairs<StaticString, String>) -> HTML {
        HTML(source: opening(name, attributes))
    }

    /// A name from outside: its direction of writing does not reach what stands beside it.
    static func name(_ text: String) -> HTML { tag("bdi", text: text) }

    /// A whole page. It loads nothing: styles and pictures are in it, and its policy forbids everything else.
    static func page(title: String, style: StaticString, _ body: [HTML]) -> String {
        let policy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
        let head = [
            void("meta", ["charset": "utf-8"]),
            void("meta", ["http-equiv": "Content-Security-Policy", "content": policy]),
            void("meta", ["name": "viewport", "content": "width=device-width, initial-scale=1"]),
            void("meta", ["name": "color-scheme", "content": "light dark"]),
            void("link", ["rel": "icon", "href": "data:,"]), tag("title", text: title),
            HTML(source: "<style>\(style)</style>"),
        ]
        let page = tag("html", ["lang": "en"], tag("head", [:], head), tag("body", [:], tag("main", [:], body)))
        return "<!doctype html>\n" + page.source + "\n"
    }

    /// Adds a piece behind this one.
    mutating func append(_ other: HTML) { source += other.source }

    private static func opening(_ name: StaticString, _ attributes: KeyValuePairs<StaticString, String>) -> String {
        "<\(name)" + attributes.map { " \($0.key)=\"\(escaped($0.value))\"" }.joined() + ">"
    }

    /// Characters that HTML cannot hold become replacement marks.
    private static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            case "\n", "\t": result.unicodeScalars.append(scalar)
            default: result.unicodeScalars.append(scalar.properties.generalCategory == .control ? "\u{FFFD}" : scalar)
            }
        }
        return result
    }
}

extension Sequence<HTML> {
    /// One after the other.
    var joined: HTML { reduce(into: HTML()) { $0.append($1) } }
}
