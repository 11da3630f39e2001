/// Splits a text into words as a POSIX shell does, without expanding anything.
///
/// Blanks separate words, a backslash takes the next character as it is, single quotes take
/// everything, and double quotes take everything but a backslash before `"` or `\`.
package struct ShellWords {
    /// What is wrong, and with which character.
    package struct Flaw: Error, Equatable {
        package var text: String
        package var position: Int
    }

    private let characters: [Character]
    private var position = 0
    private var words: [String] = []
    /// Nil between words, so that `''` is a word and blanks are not.
    private var word: String?

    package static func split(_ text: String) throws(Flaw) -> [String] {
        var splitter = ShellWords(text)
        return try splitter.run()
    }

    private init(_ text: String) {
        // A carriage return and its line feed are one Character, and are two blanks here.
        characters = text.unicodeScalars.map(Character.init)
    }

    private mutating func run() throws(Flaw) -> [String] {
        while position < characters.count {
            let character = characters[position]
            switch character {
            case " ", "\t", "\r", "\n": endWord()
            case "'", "\"": try takeQuoted(by: character)
            case "\\":
                try takeEscaped()
            default: word = (word ?? "") + String(character)
            }
            position += 1
        }
        endWord()
        return words
    }

    private mutating func endWord() {
        if let word { words.append(word) }
        word = nil
    }

    private mutating func takeEscaped() throws(Flaw) {
        guard position + 1 < characters.count else {
            throw Flaw(text: "No escaped character", position: position)
        }
        position += 1
        word = (word ?? "") + String(characters[position])
    }

    /// Leaves the position on the closing quote.
    private mutating func takeQuoted(by quote: Character) throws(Flaw) {
        let opening = position
        var taken = word ?? ""
        position += 1
        while position < characters.count, characters[position] != quote {
            if quote == "\"", characters[position] == "\\", position + 1 < characters.count,
                characters[position + 1] == "\"" || characters[position + 1] == "\\"
            {
                position += 1
            }
            taken.append(characters[position])
            position += 1
        }
        guard position < characters.count else {
            throw Flaw(text: "No closing quotation", position: opening)
        }
        word = taken
    }
}
