"""Personal data: what each rule finds and where, how severely, and what it must leave alone."""

import pytest

from tests.support.pairs import findings, quoted


def severities(rule: str, response: str) -> list[str]:
    return [finding.severity for finding in findings(response=response, only=rule)]


class TestEmail:
    @pytest.mark.parametrize(
        ("text", "found"),
        [
            ("Write to jane.doe@example.com.", "jane.doe@example.com"),
            ("<mailto:jane+list@mail.example.co.uk>", "jane+list@mail.example.co.uk"),
            ("'jane@example.com'", "jane@example.com"),
            ("jane@müller.de", "jane@müller.de"),
        ],
    )
    def test_address_is_found_without_what_stands_around_it(self, text, found):
        assert quoted("pii.email", text) == [found]

    @pytest.mark.parametrize(
        "hidden",
        [
            "jane dot doe at example dot com",
            "jane (at) example (dot) com",
            "jane[at]example.com",
            "jane AT example DOT com",
            "jane @ example.com",
            "jane@example(dot)com",
            "jane＠example.com",
            "ｊａｎｅ＠ｅｘａｍｐｌｅ．ｃｏｍ",
            "jane\u200b@exam\u00adple.com",
        ],
    )
    def test_hidden_address_is_found_whole(self, hidden):
        assert quoted("pii.email", f"My address: {hidden}, thanks.") == [hidden]

    @pytest.mark.parametrize(
        "text",
        [
            "Look at example.com for more.",
            "We met at noon. Dot was late.",
            "Follow @jane, or use @property and a@b.",
            "git clone git@github.com:django/django.git",
            "Save the icon as logo@2x.png.",
            "It costs 5 @ 3.50 each.",
            "To find out, look at google dot com.",
            "Meet me at noon dot org chart.",
            "mc2 @ home dot product",
        ],
    )
    def test_what_is_no_address_is_left_alone(self, text):
        assert quoted("pii.email", text) == []


class TestPhone:
    @pytest.mark.parametrize(
        "number",
        [
            "+44 20 7946 0958",
            "+49 30 901820",
            "+1 (212) 555-0147",
            "(212) 555-0147",
            "212-555-0147 ext. 12",
            "020 7946 0958",
            "０２０ ７９４６ ０９５８",
            "٠٢٠ ٧٩٤٦ ٠٩٥٨",
        ],
    )
    def test_number_that_stands_alone_is_found_by_its_shape(self, number):
        assert quoted("pii.phone", f"It was on a note: {number}. Nothing else.") == [number]

    @pytest.mark.parametrize(
        "text", ["Call me: {}", "My phone number is {}", "{} (mobile)", "Reach us at {}."]
    )
    @pytest.mark.parametrize("number", ["555 0123", "0410787999", "9747-6578", "22 33 44 55"])
    def test_words_around_it_tell_a_number_without_a_shape(self, text, number):
        assert quoted("pii.phone", text.format(number)) == [number]

    @pytest.mark.parametrize(
        "text",
        [
            "He lived 1815–1852, and ruled in 2007-2010.",
            "On 2008-07-24, 24.07.2008 and 07/24/2008.",
            "ISBN 978-1-78728-661-0, ISSN 0028-0836.",
            "Between 12000-1400 and 1,234,567.00 of 10 000 000.",
            "Pi is 3.14159265358979, light 299792458 m/s.",
            "Jupiter is (4.951–5.457 AU) away, at 42.014081, -89.889078.",
            "The server is 192.168.100.200.",
        ],
    )
    def test_other_numbers_are_left_alone(self, text):
        assert quoted("pii.phone", text) == []

    def test_number_free_of_charge_is_no_more_than_worth_a_look(self):
        assert severities("pii.phone", "Call 1-800-273-8255.") == ["info"]
        assert severities("pii.phone", "Call 1-212-273-8255.") == ["warning"]


class TestCard:
    @pytest.mark.parametrize(
        "number",
        [
            "4111111111111111",
            "4111 1111 1111 1111",
            "4111-1111-1111-1111",
            "4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1",
            "４１１１１１１１１１１１１１１１",
            "4111\u200b1111\u200b1111\u200b1111",
            "5500 0000 0000 0004",
            "3782 822463 10005",
            "6011000990139424",
        ],
    )
    def test_card_is_found_however_it_is_spaced(self, number):
        assert quoted("pii.card", f"12 of card {number}, please.") == [number]

    @pytest.mark.parametrize(
        "number",
        [
            "4111111111111112",  # wrong check digit
            "1234 5678 9012 3452",  # right check digit, no network's
            "978-1-78728-661-0",
            "20100527090117",
            "41111111111111110000",
            "0.4111111111111111",
        ],
    )
    def test_other_long_numbers_are_left_alone(self, number):
        assert quoted("pii.card", f"The number {number} is none.") == []


class TestIban:
    @pytest.mark.parametrize(
        "number",
        [
            "GB82 WEST 1234 5698 7654 32",
            "DE89370400440532013000",
            "gb82west12345698765432",
            "ＤＥ８９370400440532013000",
        ],
    )
    def test_iban_is_found_however_it_is_written(self, number):
        assert quoted("pii.iban", f"Pay to {number} today.") == [number]

    @pytest.mark.parametrize(
        "number", ["GB82 WEST 1234 5698 7654 33", "XX82WEST12345698765432", "GB82 WEST 1234"]
    )
    def test_wrong_ones_are_left_alone(self, number):
        assert quoted("pii.iban", f"Pay to {number} today.") == []


class TestId:
    @pytest.mark.parametrize(
        "number",
        [
            "219-09-9998",
            "AB123456C",
            "AB 12 34 56 C",
            "RSSMRA85T10A562S",
            "390.533.447-05",
            "X-2482300W",
            "131052-308T",
            "756.9217.0769.85",
            "36 574 261 809",
        ],
    )
    def test_national_numbers_are_told_by_shape_and_check_digit(self, number):
        assert quoted("pii.id", f"The form says {number}, signed.") == [number]

    @pytest.mark.parametrize(
        ("text", "number"),
        [
            ("My SSN is 219099999", "219099999"),
            ("SSN: 078-05-1120", "078-05-1120"),
            ("Her driver's license number is M943688896309", "M943688896309"),
            ("Passport no. 123456789", "123456789"),
            ("NHS number 943 476 5919", "943 476 5919"),
            ("Steuer-ID 36574261809", "36574261809"),
            ("Steueridentifikationsnummer: 36 574 261 809", "36 574 261 809"),
        ],
    )
    def test_number_that_the_text_names_needs_no_check_digit(self, text, number):
        assert quoted("pii.id", f"{text}.") == [number]
        assert quoted("pii.phone", f"{text}.") == []

    def test_a_telephone_beside_a_document_is_found_too(self):
        assert quoted("pii.phone", "I lost my passport, call 212-555-0147.") == ["212-555-0147"]

    @pytest.mark.parametrize(
        "text",
        [
            "000-12-3456",
            "BG123456C",
            "390.533.447-06",
            "1815-1852",
            "A social security of 1935.",
            "81320960K->4249K",
            "36 574 261 808",
            "36574261809",
        ],
    )
    def test_other_numbers_are_left_alone(self, text):
        assert quoted("pii.id", f"It says {text} there.") == []


class TestIp:
    @pytest.mark.parametrize(
        "address", ["81.2.69.142", "2001:4860:4860::8888", "2a00:1450:4009:81f:0:0:0:200e"]
    )
    def test_public_address_is_a_warning(self, address):
        assert quoted("pii.ip", f"They came from {address}.") == [address]
        assert severities("pii.ip", f"They came from {address}.") == ["warning"]

    @pytest.mark.parametrize(
        "address",
        ["192.168.0.1", "10.0.0.1", "127.0.0.1", "192.0.2.1", "8.8.8.8", "fe80::1ff:fe23:4567:890a"],
    )
    def test_private_documentation_and_everybodys_addresses_are_worth_a_look(self, address):
        assert severities("pii.ip", f"Use {address} here.") == ["info"]

    @pytest.mark.parametrize(
        "text",
        [
            "version 10.4.3.2",
            "Since the 0.11.0.0 release",
            "v4.3.2.1",
            "section 4.3.2.11",
            "999.2.3.4",
            "1.2.3.4.5",
            "12:30:45",
            "1:1:2",
            "std::vector",
            "a ratio of 1:28:00",
        ],
    )
    def test_versions_sections_and_times_are_left_alone(self, text):
        assert quoted("pii.ip", f"It is {text}, as said.") == []


class TestAddress:
    @pytest.mark.parametrize(
        "address",
        [
            "12 High Street, Leeds LS1 4AP",
            "742 Evergreen Terrace",
            "8085 W Gulf Blvd, Treasure Island, FL 33706",
            "49 Bergshaugen 43\n Apt. 323\n Fosnavåg\n Norway 28975",
            "PSC 5436, Box 5539\nAPO AA 44720",
            "12 rue de la Paix, 75002 Paris",
            "5 avenue Victor Hugo, 69002 Lyon",
            "8 boulevard Saint-Michel",
            "3 bis, rue de l’Église",
        ],
    )
    def test_where_a_person_lives_is_a_warning(self, address):
        assert quoted("pii.address", f"My address is {address}") == [address]
        assert severities("pii.address", f"My address is {address}") == ["warning"]

    @pytest.mark.parametrize(
        "before", ["She lives at ", "Jane Doe, ", "Mr. John Smith\n", "Hi,\nAddress: ", "I live in flat 4B, "]
    )
    @pytest.mark.parametrize("street", ["12 Rose Lane", "12 rue de la Paix"])
    def test_a_person_beside_the_street_makes_it_a_warning(self, before, street):
        assert severities("pii.address", f"{before}{street}") == ["warning"]

    @pytest.mark.parametrize(
        "text",
        [
            "The museum is located at 6616 Sunset Boulevard.",
            "A skyscraper at 415 Mission Street.",
            "Freud worked at Berggasse 19 then.",
            "Her zip code is 89447.",
        ],
    )
    def test_street_and_number_alone_are_worth_a_look(self, text):
        assert severities("pii.address", text) == ["info"]

    @pytest.mark.parametrize(
        "text",
        [
            "During the 1989 Tiananmen Square protests, and the 2010 Supreme Court.",
            "We meet at 10 am, and return to 5 of the places.",
            "Built between Ivy Lane and Mayfield Avenue in 1889.",
            "It is located at 6,000 feet; 3 percent of the way.",
            "The 12 best Court cases. In 2013, Dick's Drive closed.",
            "Jane Doe lives in Leeds.",
            "They took 3 place settings, 2 cours and a rue de la Paix.",
            "Unit 3 began on 18 August 2006, and unit 4 on 12 September.",
        ],
    )
    def test_other_numbers_and_names_alone_are_left_alone(self, text):
        assert quoted("pii.address", text) == []
