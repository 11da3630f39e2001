import Testing

@testable import Settings

@Suite struct AccessRuleTests {
    @Test func `a rule is read in any order of its words`() throws {
        let rule = try AccessRule(parsing: " status=2XX  path=/a=b sample=0.25 ")
        #expect(rule.pathPrefix == "/a=b")
        #expect(rule.statuses == 200...299)
        #expect(rule.share == 0.25)
        #expect(try AccessRule(parsing: "status=404").statuses == 404...404)
        #expect(try AccessRule(parsing: "path=/").share == 0)
        #expect(try AccessRule(parsing: "sample=1").share == 1)
    }

    @Test(arguments: [
        "", " ", "/health", "path=health", "path=", "path=/a path=/b", "status=6xx", "status=20x",
        "status=2x", "status=99", "status=", "sample=2", "sample=-1", "sample=nan", "sample=x",
        "sample=0 sample=0", "stat=200",
    ])
    func `what could not have been meant is refused`(text: String) {
        #expect(throws: SettingError.self) { try AccessRule(parsing: text) }
    }
}
