import Datasets
import Testing

@Suite("Mean over repeats")
struct MeanIntervalTests {
    @Test("The interval is Student's")
    func interval() throws {
        let found = try #require(MeanInterval([1, 2, 3]))
        #expect(found.mean == 2 && found.count == 3)
        // 4.303 / sqrt(3)
        #expect(abs(try #require(found.interval).upper - 4.4843) < 1e-3)
        #expect(abs(try #require(found.interval).lower + 0.4843) < 1e-3)
        let many = try #require(MeanInterval((0..<200).map { Double($0 % 2) }))
        // 1.972 * 0.5013 / sqrt(200)
        #expect(abs(try #require(many.interval).upper - 0.5699) < 1e-3)
    }

    @Test("One value has no interval, none has no mean")
    func few() throws {
        #expect(try #require(MeanInterval([0.4])).interval == nil)
        #expect(MeanInterval([]) == nil)
    }
}

@Suite("Page of sections")
struct SectionPageTests {
    private func page(_ parts: [SectionPage.Part], _ title: String = "title") throws -> String {
        try SectionPage(title: title, subtitle: "below", sections: [.init("first", parts), .init("empty", [])]).html()
    }

    @Test("Texts are escaped, and a section without parts is left out")
    func texts() throws {
        let html = try page([.text("<script>"), .table(titles: ["a<"], rows: [["b&"]])], "x<y")
        #expect(!html.contains("<script>") && html.contains("&lt;script&gt;"))
        #expect(html.contains("a&lt;") && html.contains("b&amp;") && html.contains("x&lt;y"))
        #expect(html.contains("first") && !html.contains("empty"))
    }

    @Test("Bars say their value and interval, pictures are in the page")
    func drawings() throws {
        let bar = SectionPage.Bar("row", share: 0.251, interval: ConfidenceInterval(lower: 0.2, upper: 0.3), isHighlighted: true)
        let picture = RGBImage(height: 4, width: 4, red: 1, green: 2, blue: 3)
        let html = try page([.bars([bar, SectionPage.Bar("none", share: nil)]), .picture(picture, description: "four")])
        #expect(html.contains("25.1") && html.contains("20.0 to 30.0"))
        #expect(html.contains("data:image/jpeg;base64,") && html.contains("four"))
    }
}
