import Foundation
import Testing

/// How words of the command line are read: a flag is a flag wherever it stands, and a name that nobody knows is told with the
/// nearest one.
@Suite("Options") struct OptionTests {
    private static let model = "--backbone net.safetensors --checkpoint model.safetensors --out out"
    private static let shown = "--support photo.jpg --mask mask.png"

    static let flags = [
        "predict --support photo.jpg --mask mask.png -q --query query.png \(model) --json",
        "predict \(shown) --query query.png -q \(model) --json",
        "predict \(shown) --query query.png --quiet --json \(model)",
        "predict -q --json \(shown) --query query.png \(model)",
        "-q --json predict \(shown) --query query.png \(model)",
        "--json predict --support photo.jpg --mask=mask.png -q --query=query.png \(model)",
        "weights inspect -q --json net.safetensors", "weights inspect net.safetensors -q --json",
        "--json weights inspect net.safetensors -q", "weights inspect --json -q -- net.safetensors",
        "weights inspect --tensors net.safetensors --json -q", "data info shapes5i --json -q",
        "evaluate --fold 0 -q --backbone net.safetensors --json --baselines contrast --episodes 2 --image-size 64 "
            + "--images-per-class 2 --out out",
    ]

    static let refused: [(line: String, fragments: [String])] = [
        ("predict \(shown) --bax 1,2,3,4 --query query.png", ["'--bax'", "'--box'", "fss predict --help"]),
        ("predict --support photo.jpg --bax 1,2,3,4 --query query.png", ["'--bax'", "'--box'"]),
        ("predict --support photo.jpg --maks=mask.png --query query.png", ["'--maks'", "'--mask'"]),
        ("predict \(shown) --query query.png -quiet", ["'-quiet'", "'--quiet'"]),
        ("predict -support photo.jpg -mask mask.png -query query.png", ["'-support'", "'--support'"]),
        ("predict \(shown) --query query.png --jsn", ["'--jsn'", "'--json'"]),
        ("predict --qurey query.png", ["'--qurey'", "'--query'"]),
        ("predict \(shown) --query query.png -v", ["'-v'"]),
        ("predict \(shown) --query query.png \u{2013}quiet", ["\u{2013}quiet", "no hyphen", "--quiet"]),
        ("predict \(shown) \u{2014}query query.png", ["no hyphen", "--query"]),
        ("predict \(shown) --query query.png --out --force", ["--out"]),
        ("predict \(shown) --query query.png --out", ["--out"]),
        ("predict \(shown) --query query.png --out=", ["--out"]),
        ("predict --support photo.jpg --mask --query query.png", ["--mask"]),
        ("predict --support photo.jpg --mask -q --query query.png", ["--mask"]),
        ("predict --support photo.jpg --box 1,2,3,4 -5,0,3,3 --query query.png", ["'-5,0,3,3'", "--option=-5,0,3,3"]),
        ("evaluate --fold=x --backbone net.safetensors", ["'x'", "--fold"]),
        ("evaluate --fold 0,1 --backbone net.safetensors", ["'0,1'", "--fold"]),
        ("evaluate --fold -1 --backbone net.safetensors", ["--fold", "-1"]),
        ("evaluate --seed -3 --backbone net.safetensors", ["--seed", "-3"]),
        ("evaluate --Fold 0 --backbone net.safetensors", ["'--Fold'", "'--fold'"]),
        ("evaluate --image_size 64 --backbone net.safetensors", ["'--image_size'", "'--image-size'"]),
        ("evaluate --episode 5 --backbone net.safetensors", ["'--episode'", "'--episodes'"]),
        ("evaluate --quiet=yes --backbone net.safetensors", ["--quiet", "yes"]),
        ("evaluate ---quiet --backbone net.safetensors", ["---quiet"]),
        ("evaluate --backbone net.safetensors --lists lists", ["--lists", "shapes5i", "--dataset"]),
        ("evaluate --backbone net.safetensors --labels Other", ["--labels", "shapes5i"]),
        ("evaluate --backbone net.safetensors --checkpoint model.safetensors --image-size 64", ["--image-size", "checkpoint"]),
        ("evaluate --backbone net.safetensors --steps 3", ["--steps", "--checkpoint"]),
        ("train --backbon net.safetensors", ["'--backbon'", "'--backbone'", "fss train decoder --help"]),
        ("train bakbone --steps 3", ["'bakbone'", "'backbone'"]),
        ("data chek shapes5i", ["'chek'", "'check'"]), ("weight inspect net.safetensors", ["'weight'", "'weights'"]),
        ("weights inspect net.safetensors --tensor", ["'--tensor'", "'--tensors'"]),
        ("weights list --colour red", ["'--colour'", "fss weights list --help"]),
    ]

    @Test("A flag is a flag wherever it stands", arguments: flags)
    func flag(_ line: String) throws {
        let fixture = try Fixture()
        let result = try fixture.run(line.split(separator: " ").map(String.init))
        #expect(result.code == 0, "\(result.errors)")
        // Quiet, and JSON alone.
        #expect(result.errors.isEmpty)
        #expect(throws: Never.self) { try JSONSerialization.jsonObject(with: Data(result.output.utf8)) }
    }

    @Test("What is no option, or lacks its value, is named", arguments: refused.indices)
    func misread(_ index: Int) throws {
        let (line, fragments) = Self.refused[index]
        let fixture = try Fixture()
        let before = try FileManager.default.contentsOfDirectory(atPath: fixture.folder.url.path).count
        let result = try fixture.run(line.split(separator: " ").map(String.init))
        #expect(result.code == 64, "\(line): \(result.errors)")
        #expect(result.errors.hasPrefix("Error: ") && result.output.isEmpty)
        for fragment in fragments { #expect(result.errors.contains(fragment), "\(line): \(result.errors) lacks \(fragment)") }
        #expect(try FileManager.default.contentsOfDirectory(atPath: fixture.folder.url.path).count == before)
    }

    @Test("A negative number after an option is its value")
    func negative() throws {
        let fixture = try Fixture()
        let words = "predict --support photo.jpg --box -5,0,70,50 -q --query query.png \(Self.model)"
        let result = try fixture.run(words.split(separator: " ").map(String.init))
        // Whether such a box is taken is for annotations to say; it is read as one.
        #expect(result.code != 64 && !result.errors.contains("--box <box>"), "\(result.errors)")
    }

    @Test("A file whose name begins with a dash is one")
    func dash() throws {
        let fixture = try Fixture()
        for name in ["\u{2013}photo.png", "-photo.png"] {
            try FileManager.default.copyItem(atPath: fixture.folder["query.png"], toPath: fixture.folder[name])
        }
        for word in ["\u{2013}photo.png", "./-photo.png"] {
            let result = try fixture.run(
                ["predict", "--support", "photo.jpg", "--mask", "mask.png", "--query", word, "--out", "out", "--force"]
                    + fixture.model)
            #expect(result.code == 0, "\(result.errors)")
        }
    }
}
