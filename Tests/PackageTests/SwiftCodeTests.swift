import Testing

@Suite("The reader of Swift code")
struct SwiftCodeTests {
    @Test(
        "Comments and the contents of strings are left out",
        arguments: [
            (#"let a = "try! b" // try! c"#, #"let a = "" "#),
            (#"call("x\(f("y"))z")"#, #"call(" f(""))")"#),
            (##"let r = #"a "quoted" \(kept) word"# + b"##, #"let r = "" + b"#),
            ("a /* one /* two */ still */ b", "a  b"),
            (#"let url = "http://x" + y"#, #"let url = "" + y"#),
        ])
    func strips(source: String, code: String) {
        #expect(SwiftCode.lines(of: source) == [code])
    }

    @Test("Line numbers survive multi-line literals and comments")
    func keepsLines() {
        let source = "a\n\"\"\"\ntext // no comment\n\"\"\"\n/* c\nd */ b"
        #expect(SwiftCode.lines(of: source) == ["a", "\"", "", "\"", "", " b"])
    }
}
