# Verifies DKIM signatures by Mail::DKIM, with keys that are given instead of looked up.
#
# Arguments: NAME=RECORD for each public key. On stdin messages, each after a line with its length;
# on stdout one line for each message: what became of each of its signatures, "SELECTOR: RESULT".
use strict;
use warnings;
use Mail::DKIM::DNS;
use Mail::DKIM::Verifier;
use Net::DNS;

package Records {
    sub new { my ($class, %records) = @_; return bless {%records}, $class }
    sub errorstring { return 'NOERROR' }

    sub send {
        my ($self, $name, $type) = @_;
        my $packet = Net::DNS::Packet->new($name, $type);
        my $record = $self->{$name};
        if (defined $record) {
            my @strings = unpack '(a255)*', $record;
            $packet->push(
                answer => Net::DNS::RR->new(owner => $name, type => 'TXT', txtdata => \@strings));
        }
        return $packet;
    }
}

Mail::DKIM::DNS::resolver(Records->new(map { split /=/, $_, 2 } @ARGV));
binmode STDIN;
$| = 1;
while (defined(my $length = <STDIN>)) {
    read(STDIN, my $message, $length);
    my $verifier = Mail::DKIM::Verifier->new;
    $verifier->PRINT($message);
    $verifier->CLOSE;
    print join(', ', map { ($_->selector // '') . ': ' . $_->result_detail } $verifier->signatures), "\n";
}
